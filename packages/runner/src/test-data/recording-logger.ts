import type { Logger } from '@agentlightning/core';

/** A logger that keeps what it is told. */
export interface RecordingLogger extends Logger {
  /** `warn: text`, in order. */
  readonly lines: readonly string[];
}

/** Makes a {@link RecordingLogger}. */
export function recordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (_fields: object, message = ''): void =>
      void lines.push(`${level}: ${message}`);
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
