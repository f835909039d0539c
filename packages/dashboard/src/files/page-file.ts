/** A file of the page as it goes over the wire. */
export interface PageFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
  /** The same, compressed, where that makes it smaller, by the names that `Accept-Encoding` has for them. */
  readonly encoded: Readonly<Partial<Record<Encoding, Uint8Array>>>;
}

/** How a file can be compressed, the best first. */
export const ENCODINGS = ['br', 'gzip'] as const;

/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number];
