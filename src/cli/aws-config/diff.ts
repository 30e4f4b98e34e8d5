/** The lines of two texts, each marked as kept (` `), gone (`-`) or new (`+`), by a longest common subsequence. */
export function diffLines(before: string, after: string): readonly string[] {
  const [left, right] = [split(before), split(after)]
  const width = right.length + 1
  const lengths = new Uint32Array((left.length + 1) * width)
  const length = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        left[i] === right[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1))
    }
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    if (i < left.length && left[i] === right[j]) lines.push(` ${left[i++]}`) && j++
    else if (i < left.length && (j >= right.length || length(i + 1, j) >= length(i, j + 1)))
      lines.push(`-${left[i++]}`)
    else lines.push(`+${right[j++]}`)
  }
  return lines
}

function split(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}
