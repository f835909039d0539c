/**
 * A score, a difference or a bound of one as people read it everywhere: three digits behind the point, halves away from zero by the decimal that is meant. 63 of 80
 * is `0.788`, where `toFixed()` makes `0.787` of the binary fraction just below it, while a gain of 31 of 80 is `0.388`.
 */
export function scoreText(score: number): string {
  const thousandths = Math.round(Number((Math.abs(score) * 1000).toFixed(6)));
  return `${score < 0 && thousandths > 0 ? '-' : ''}${(thousandths / 1000).toFixed(3)}`;
}
