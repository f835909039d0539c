import {
  failureOfStatus,
  MODEL_CALL_SPAN_NAME,
  retryAfterMs,
  type Span,
  type SpanAttributes,
} from '@agentlightning/core';

/** Statuses with which an endpoint says that it is asked for too much. */
const BUSY = new Set([429, 503, 529]);

/** How long a host is left alone that does not say how long. */
const UNTOLD_MS = 1000;

/** A host that an agent found busy. */
export interface BusyHost {
  /** With its port, if that is not the protocol's. */
  readonly host: string;
  /** Seconds since the epoch, on the clock of the agent's machine. */
  readonly until: number;
}

/** The hosts that refused model calls of an agent as too many, by what it told in its spans. */
export function busyHosts(spans: readonly Span[]): BusyHost[] {
  return spans.flatMap(({ name, status, attributes, endTime }) => {
    if (name !== MODEL_CALL_SPAN_NAME || status.statusCode !== 'ERROR' || endTime === null) return [];
    const code = Number(attributes['http.response.status_code']);
    const errorCode = attributes['agentlightning.capture.error_code'];
    const address = attributes['server.address'];
    if (!BUSY.has(code) || failureOfStatus(code, [errorCode]) !== 'passing' || typeof address !== 'string') return [];
    const port = attributes['server.port'];
    const asked = retryAfterMs((header) => headerOf(attributes, header), endTime) ?? UNTOLD_MS;
    return [{ host: port === undefined ? address : `${address}:${String(port)}`, until: endTime + asked / 1000 }];
  });
}

function headerOf(attributes: SpanAttributes, name: string): string | undefined {
  const value = attributes[`http.response.header.${name}`];
  return Array.isArray(value) ? String(value[0]) : undefined;
}
