/** What a server shows in a browser. It comes from outside: the server knows how to serve a page, and none in particular. */

/** A page, and what there is to see on it besides the store. */
export interface Dashboard {
  /** By the path of their URL: `/` for the page itself, `/assets/…` for what it loads. Everybody may have them, without a token: nothing secret is in them. */
  readonly files: ReadonlyMap<string, DashboardFile>;
  /** Absent: the page shows a store of many runs, or of none. */
  readonly run?: DashboardRun;
}

/** A file of the page. */
export interface DashboardFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
  /** The same, compressed, by the names of `Accept-Encoding`: `br`, `gzip`. */
  readonly encoded: Readonly<Record<string, Uint8Array>>;
}

/** The run that the page shows. What it tells goes to whoever has the token. */
export interface DashboardRun {
  /** What there is to know of it besides its events, as JSON; answers `GET /v1/agl/run`. */
  details(): Promise<object>;
  /** The file of the best prompt so far, `undefined` as long as there is none; answers `GET /v1/agl/run/best-prompt`. */
  bestPrompt(): Promise<string | undefined>;
  /** Its events, first those that have happened; sent by `GET /v1/agl/run/events`. Nothing is asked for before the client has taken what came before. */
  events(options: DashboardEventsOptions): AsyncIterable<readonly DashboardEvent[]>;
}

/** From where to where to read events. */
export interface DashboardEventsOptions {
  /** The id of the last event that the client has seen. */
  readonly after: string | undefined;
  /** The client is gone, or the server stops: the events are to end. */
  readonly signal: AbortSignal;
}

/** What happens in the feed of events. */
export type DashboardEvent =
  /** An event as JSON, without line ends. The id, without spaces, is for asking for what comes after it. */
  | { readonly type: 'event'; readonly id: string; readonly data: string }
  /** The events that were sent are no longer those of the run: the client begins again. */
  | { readonly type: 'reset' }
  /** Everything that had happened has been sent. */
  | { readonly type: 'caught-up' };
