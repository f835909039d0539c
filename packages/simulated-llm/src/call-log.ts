/** One request as the server saw it. Times are milliseconds since the epoch, with fractions. */
export interface RequestRecord {
  /** Hash of the raw body; equal bodies have equal hashes. */
  readonly hash: string;
  readonly model: string;
  readonly startedMs: number;
  /** When the response ended or its connection was lost. `null` while it is in flight. */
  finishedMs: number | null;
  /** The latency drawn for it, without queueing. */
  readonly latencyMs: number;
  /** HTTP status; `null` while in flight, and for a connection lost before the head. */
  status: number | null;
  /** Kind of the fault injected, if any. */
  readonly fault: string | null;
}

/** Counts of chat-completion requests since the start or the last reset. */
export interface SimulatedLlmStats {
  /** Requests that reached a model, whatever became of them (refused ones are not among them). */
  readonly calls: number;
  readonly callsByModel: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** How many calls bought a body that had been bought before. */
  readonly repeatedBodies: number;
  /** Requests refused with a 4xx: bad request, wrong key, unknown model. */
  readonly refused: number;
  readonly faults: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Requests kept in the log; later ones are counted but not kept. */
const maxRecords = 100_000;

/** Counts the calls of one server. */
export class CallLog {
  #records: RequestRecord[] = [];
  #occurrences = new Map<string, number>();
  #callsByModel = new Map<string, number>();
  #calls = 0;
  #inFlight = 0;
  #peakInFlight = 0;
  #repeatedBodies = 0;
  #refused = 0;
  #faults = 0;
  #promptTokens = 0;
  #completionTokens = 0;

  /** Notes that a body came. @returns how often it has come, counted from 1 */
  countBody(hash: string): number {
    const occurrence = (this.#occurrences.get(hash) ?? 0) + 1;
    if (occurrence > 1) this.#repeatedBodies++;
    // Beyond the bound a new body is not remembered, so its repetition would not be seen; no test or benchmark comes near.
    if (occurrence > 1 || this.#occurrences.size < maxRecords) this.#occurrences.set(hash, occurrence);
    return occurrence;
  }

  /** Notes that a call started. @returns the function to call once, when its response is over */
  start(call: Pick<RequestRecord, 'hash' | 'model' | 'latencyMs' | 'fault'>): (status: number | null) => void {
    const record: RequestRecord = { ...call, startedMs: nowMs(), finishedMs: null, status: null };
    if (this.#records.length < maxRecords) this.#records.push(record);
    this.#calls++;
    this.#callsByModel.set(call.model, (this.#callsByModel.get(call.model) ?? 0) + 1);
    if (call.fault !== null) this.#faults++;
    this.#inFlight++;
    this.#peakInFlight = Math.max(this.#peakInFlight, this.#inFlight);
    return (status) => {
      record.finishedMs = nowMs();
      record.status = status;
      this.#inFlight--;
    };
  }

  countRefused(): void {
    this.#refused++;
  }

  countTokens(prompt: number, completion: number): void {
    this.#promptTokens += prompt;
    this.#completionTokens += completion;
  }

  stats(): SimulatedLlmStats {
    return {
      calls: this.#calls,
      callsByModel: Object.fromEntries(this.#callsByModel),
      inFlight: this.#inFlight,
      peakInFlight: this.#peakInFlight,
      repeatedBodies: this.#repeatedBodies,
      refused: this.#refused,
      faults: this.#faults,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
    };
  }

  /** The first 100,000 requests, in order of arrival. */
  requests(): readonly RequestRecord[] {
    return this.#records;
  }

  /** Forgets everything but the requests in flight, which are still counted as such. */
  reset(): void {
    this.#records = [];
    this.#occurrences = new Map();
    this.#callsByModel = new Map();
    this.#calls = this.#repeatedBodies = this.#refused = this.#faults = 0;
    this.#promptTokens = this.#completionTokens = 0;
    this.#peakInFlight = this.#inFlight;
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
