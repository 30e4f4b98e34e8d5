/**
 * A name as somebody compares it who does not look at how it is written: without regard to case, to forms of the same
 * characters (Unicode NFKC), to what cannot be seen, and to how many blanks there are. Two names of one person may come out
 * alike that a provider tells apart; it is for checks in which that is the safe mistake.
 */
export function plainName(text: string): string {
  // Twice through case, as near as the language comes to full case folding (Unicode §3.13): ß and ẞ become ss, ſ becomes s.
  const folded = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase()
  return folded
    .replaceAll('i\u0307', 'i')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .replace(/[\p{White_Space}\p{Cc}]+/gu, ' ')
    .trim()
}
