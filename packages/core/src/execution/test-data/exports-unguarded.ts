import { findExportName } from '../find-export.ts';

export class Selector {}

await findExportName(import.meta.url, Selector);
