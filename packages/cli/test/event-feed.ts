import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';

/** One server-sent event. */
export interface FedEvent {
  /** `message`, or its name. */
  readonly name: string;
  readonly id: string | undefined;
  readonly data: { readonly type?: string } & Record<string, unknown>;
}

/** The feed of events of a server, read as a page reads it. */
export class EventFeed {
  readonly events: FedEvent[] = [];
  readonly #response: IncomingMessage;
  #text = '';

  private constructor(response: IncomingMessage) {
    this.#response = response.setEncoding('utf8');
  }

  static async open(url: string, token: string, after?: string): Promise<EventFeed> {
    const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': after }) };
    const request = get(`${url}/v1/agl/run/events`, { headers });
    onTestFinished(() => void request.destroy());
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`The feed answers ${response.statusCode}`);
    return new EventFeed(response);
  }

  /** Reads until an event is there for which `isWanted` holds. */
  async until(isWanted: (event: FedEvent) => boolean): Promise<FedEvent> {
    for (let next = 0; ; ) {
      for (; next < this.events.length; next += 1) if (isWanted(this.events[next]!)) return this.events[next]!;
      const part: unknown = this.#response.read();
      if (typeof part === 'string') this.#take(part);
      else await once(this.#response, 'readable');
    }
  }

  #take(part: string): void {
    const blocks = (this.#text + part).split('\n\n');
    this.#text = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.split(':')[0]!, line.slice(line.indexOf(':') + 2)]));
      const data = fields.get('data');
      if (data === undefined) continue;
      this.events.push({ name: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) });
    }
  }
}
