import { visibleText } from '@agentlightning/trainer/runs';

/** What a check came to. */
export interface CheckResult {
  /** One word. */
  readonly check: string;
  /** `skipped`: not looked at. */
  readonly status: 'ok' | 'failed' | 'skipped';
  /** What was seen. */
  readonly message: string;
  /** What to do about it; absent when nothing is wrong. */
  readonly remedy?: string;
  /** Whether something outside is at fault, such as a model, and not the machine or the config. */
  readonly isDependency?: boolean;
}

/** A check that found nothing wrong. */
export function ok(check: string, message: string): CheckResult {
  return { check, status: 'ok', message };
}

/** A check of the machine, the config or the agent that found something wrong. */
export function failed(check: string, message: string, remedy: string): CheckResult {
  return { check, status: 'failed', message, remedy };
}

/** A check of something outside that found something wrong. */
export function unavailable(check: string, message: string, remedy: string): CheckResult {
  return { check, status: 'failed', message, remedy, isDependency: true };
}

/** A check that was not made. */
export function skipped(check: string, message: string): CheckResult {
  return { check, status: 'skipped', message };
}

const MARKS = {
  ok: ['✓', '\x1b[32m'],
  failed: ['✗', '\x1b[31m'],
  skipped: ['–', '\x1b[2m'],
} as const satisfies Record<CheckResult['status'], readonly [string, string]>;

/** A check as a line for a terminal, with what to do about it on the next. */
export function formatCheck({ check, status, message, remedy }: CheckResult, colors: boolean): string {
  const [mark, color] = MARKS[status];
  const shown = colors ? `${color}${mark}\x1b[0m` : mark;
  const indented = (text: string): string => visibleText(text).replaceAll('\n', `\n${' '.repeat(13)}`);
  const line = `${shown} ${check.padEnd(10)} ${indented(message)}\n`;
  return remedy === undefined ? line : `${line}${' '.repeat(13)}→ ${indented(remedy)}\n`;
}
