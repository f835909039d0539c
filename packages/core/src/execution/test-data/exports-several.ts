/** A class under two names, and functions that are told apart by their text. */
export class Named {}
export default Named;
export const first = (): number => 1;
export const second = (): number => 2;
export const wrapped = { fn: (): string => 'wrapped' };
const hidden = (): number => 3;
export const reveal = (): unknown => hidden;
