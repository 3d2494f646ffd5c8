/** How loud sound is, and what a meter shows of it. */

/** dBFS; what is quieter is silence. */
export const QUIET = -120;
/** So fast a meter's pointer falls: fast enough to follow words, slow enough for an eye. */
const FALLS_DB_PER_S = 20;
const PART = 2048;

/** The loudest part of the samples, dBFS. A click as long as a syllable counts as much as a word. */
export function loudestPart(samples: Float32Array): number {
  let loudest = QUIET;
  for (let at = 0; at < samples.length; at += PART) {
    const part = samples.subarray(at, at + PART);
    const power = part.reduce((sum, one) => sum + one * one, 0) / part.length;
    loudest = Math.max(loudest, 10 * Math.log10(power));
  }
  return loudest;
}

/** Where the pointer stands `afterS` seconds after it stood at `before`, when `now` is heard. */
export function pointer(before: number, now: number, afterS: number): number {
  return Math.max(QUIET, now, before - FALLS_DB_PER_S * afterS);
}
