/** A request on its way out. */
export interface OutgoingRequest {
  readonly method: string;
  /** Scheme, host and port: `http://localhost:8080`. */
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  /** As undici has them: an object, a flat list of names and values, or an iterable of pairs. */
  readonly headers: unknown;
}

/** Follows one request. Its methods must not throw, must not wait, and must not change or keep the chunks they see. */
export interface RequestObserver {
  /** A piece of the request body is sent. */
  requestData(chunk: Uint8Array | string): void;
  /** The head of the response came, after any 1xx. Header names as the server wrote them. */
  responseHead(statusCode: number, headers: Iterable<readonly [name: string, value: string]>): void;
  /** A piece of the response body came. */
  responseData(chunk: Uint8Array): void;
  /** The response is complete. */
  completed(): void;
  /** The request or the response broke off: no connection, reset, abort. */
  failed(error: unknown): void;
}
