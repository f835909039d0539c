import { findExportName } from '../find-export.ts';

export class Selector {
  static readonly moduleUrl = import.meta.url;
}
export const made = { fn: async (): Promise<string> => 'made' };
export const twin = (): number => 1;
export const otherTwin = ((): typeof twin => {
  const twin = (): number => 1;
  return twin;
})();
const hidden = (): string => 'hidden';

// What a script does that trains at its top level: the module is not ready before this is.
if (import.meta.main) {
  const functionOf = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'fn' in value ? value.fn : value;
  const names = [
    await findExportName(import.meta.url, Selector),
    await findExportName(import.meta.url, made, functionOf),
    await findExportName(import.meta.url, made),
    await findExportName(import.meta.url, twin),
    await findExportName(import.meta.url, hidden),
  ];
  process.stdout.write(JSON.stringify(names.map((name) => name ?? null)));
}
