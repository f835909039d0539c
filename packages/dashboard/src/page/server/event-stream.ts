/** One message of a stream of server-sent events. */
export interface StreamMessage {
  /** `message` unless the server names another. */
  readonly event: string;
  readonly data: string;
  /** The last id that was told up to here, to go on from; `''` before the first. */
  readonly lastEventId: string;
}

/**
 * Reads server-sent events as they come in, in pieces of any size, as the HTML standard says ("9.2.6 Interpreting an event stream"). The browser's own `EventSource` cannot send the
 * token.
 */
export class EventStreamParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #lastEventId = '';

  /** @returns the messages that the piece completes */
  push(piece: string): StreamMessage[] {
    const text = this.#rest + piece;
    // A carriage return at the end may be half of a line end.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = lines.pop()! + text.slice(end);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): StreamMessage[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#lastEventId = value;
    return [];
  }

  #dispatch(): StreamMessage[] {
    const [event, data] = [this.#event, this.#data];
    this.#event = '';
    this.#data = [];
    if (data.length === 0) return [];
    return [{ event: event === '' ? 'message' : event, data: data.join('\n'), lastEventId: this.#lastEventId }];
  }
}
