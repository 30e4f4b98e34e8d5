import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the store says of one; which of the two depends on whether the last write had room for a part of itself. */
export const fullDisk =
  /could not write: (No space left on device|Input\/output error \(the disk is full, or it fails\))/

/** A disk of two megabytes that really runs full. */
export interface SmallDisk {
  readonly folder: string
  /** Down to the last byte: a write that fails has already written what there was room for. */
  fill(): Promise<void>
  /** Makes room again. */
  clear(): Promise<void>
  unmount(): Promise<void>
}

/** Mounting one takes root on Linux; the reason to skip a test, or false. */
export function noSmallDisk(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting a disk takes root on Linux'
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' })
    return false
  } catch {
    return 'this machine mounts no disks'
  }
}

/** `owner`: whose the folder is, where not our own. */
export async function mountSmallDisk(owner?: { uid: number; gid: number }): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-disk-'))
  const filler = join(folder, 'filler')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', folder])
  if (owner) await chown(folder, owner.uid, owner.gid)
  return {
    folder,
    fill: () => assert.rejects(writeFile(filler, Buffer.alloc(4 * 1024 * 1024)), { code: 'ENOSPC' }),
    clear: () => rm(filler),
    unmount: async () => {
      execFileSync('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
