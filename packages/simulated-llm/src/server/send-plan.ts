import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import type { ResponsePlan } from './response-plan.ts';

/** A stall without a duration: longer than anything waits, and within the range of a timer. */
const foreverMs = 2 ** 31 - 1;

/**
 * Sends a planned response, with the connection faults.
 * @param signal aborts when the client has left or the server closes; nothing is sent after that
 * @throws the signal's reason when it aborts during a stall
 */
export async function sendPlan(
  response: ServerResponse,
  plan: ResponsePlan,
  fault: Fault | undefined,
  signal: () => AbortSignal,
): Promise<void> {
  if (fault?.kind === 'reset' && fault.after !== 'first-bytes') {
    response.socket?.resetAndDestroy();
    return;
  }
  const stall = fault?.kind === 'stall' ? fault : undefined;
  if (stall !== undefined && stall.after !== 'first-bytes')
    await delay(stall.durationMs ?? foreverMs, undefined, { signal: signal() });
  const isWhole = fault?.kind !== 'truncate' && fault?.kind !== 'reset' && fault?.kind !== 'endless';
  if (plan.pieces.length === 1 && stall?.after !== 'first-bytes' && isWhole) {
    const body = plan.pieces[0] as string | Uint8Array;
    response.writeHead(plan.status, { ...plan.headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(plan.status, plan.headers);
  const bytes = Buffer.concat(plan.pieces.map((piece) => Buffer.from(piece as string)));
  if (fault?.kind === 'truncate') {
    // Ended without the last chunk of the chunked encoding: the client sees a body cut off, whatever it reads of it.
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    return;
  }
  if (fault?.kind === 'reset') {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.resetAndDestroy());
    return;
  }
  if (fault?.kind === 'endless') return await writeEndlessly(response, signal());
  if (stall !== undefined) {
    const first = bytes.length >> 2;
    response.write(bytes.subarray(0, first));
    await delay(stall.durationMs ?? foreverMs, undefined, { signal: signal() });
    response.end(bytes.subarray(first));
    return;
  }
  for (const piece of plan.pieces) response.write(piece);
  response.end();
}

/** White space, which may stand before any JSON and any event, until the client leaves. */
async function writeEndlessly(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const chunk = ' '.repeat(64 * 1024);
  while (!signal.aborted) {
    if (response.write(chunk)) await new Promise(setImmediate);
    else await once(response, 'drain', { signal });
  }
}
