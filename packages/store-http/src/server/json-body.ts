/** Reads request bodies: JSON of any type, within bounds on its size, depth and nodes, without keys that poison prototypes. */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { MAX_JSON_DEPTH } from '@agentlightning/core';
import type { FastifyInstance } from 'fastify';
import { BodyJoiner, takeBody } from './body-bytes.ts';
import { hasMoreJsonNodes } from './json-nodes.ts';
import { parseJson } from './json-value.ts';
import { RequestRefusedError } from './request-refused-error.ts';
import type { ServerLimits } from './server-options.ts';

/** Bounds on JSON besides its bytes, which the server counts as they come. */
export type JsonLimits = Required<Pick<ServerLimits, 'jsonNodes' | 'batchItems'>>;

/** Replaces Fastify's parsers by one that reads every body the way upstream's server does. An empty body is `undefined`. */
export function readJsonBodies(app: FastifyInstance, limits: JsonLimits): void {
  const joiner = new BodyJoiner();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload, done) => {
    const { headers, routeOptions } = request;
    const options = { limit: routeOptions.bodyLimit, announced: headers['content-length'] };
    takeBody(payload, options, (refusal, pieces) => {
      if (refusal !== undefined) {
        done(refusal);
        return;
      }
      let value: unknown;
      try {
        value = parseJsonBody(joiner.join(pieces), headers, limits);
      } catch (error) {
        done(error as Error);
        return;
      }
      done(null, value);
    });
  });
}

/**
 * The value of a request body.
 * @throws RequestRefusedError with 400 for bytes that are no text or keys that are not taken, 413 past a limit, 422 for other content types and
 * malformed JSON
 */
function parseJsonBody(body: Buffer, headers: IncomingHttpHeaders, limits: JsonLimits): unknown {
  if (body.length === 0) return undefined;
  if (!isJson(headers['content-type'])) {
    throw RequestRefusedError.invalid({
      type: 'model_attributes_type',
      loc: ['body'],
      msg: 'Input should be JSON, sent as application/json',
    });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' || !isUtf8(body)) {
    throw new RequestRefusedError(400, 'There was an error parsing the body');
  }
  if (hasMoreJsonNodes(body, limits.jsonNodes)) {
    throw new RequestRefusedError(413, `The body has more than ${limits.jsonNodes} objects, arrays and keys`);
  }
  const value = parseBytes(body);
  refuseHostileShape(value, 0);
  refuseLongLists(value, limits.batchItems);
  return value;
}

/**
 * Sees to it that a body whose content type is no media type gets to the reader like any other: Fastify would answer 415 before. An empty header is
 * none, as for upstream, and anything else a type that nobody knows.
 */
export function readableContentType(headers: IncomingHttpHeaders): void {
  const given = headers['content-type'];
  if (given === undefined || MEDIA_TYPE.test(given)) return;
  if (given.trim() === '') delete headers['content-type'];
  else headers['content-type'] = 'application/octet-stream';
}

const MEDIA_TYPE = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/;

/** Without a header the body is taken to be JSON; of the header only the media type counts, in any case. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === 'application/json') return true;
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  return mediaType === '' || mediaType === 'application/json' || /^application\/[^\s/]*\+json$/.test(mediaType);
}

function parseBytes(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch {
    // The parser's own words quote the body; what is wrong is enough.
    throw RequestRefusedError.invalid({ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' });
  }
}

/** The lists at the top are what a request is about; those further down are user data, such as the numbers of tokens. */
function refuseLongLists(body: unknown, limit: number): void {
  if (body === null || typeof body !== 'object') return;
  for (const value of Array.isArray(body) ? [body] : Object.values(body)) {
    if (Array.isArray(value) && value.length > limit) {
      throw new RequestRefusedError(413, `A request takes lists of at most ${limit} entries`);
    }
  }
}

function refuseHostileShape(value: unknown, depth: number): void {
  if (value === null || typeof value !== 'object') return;
  if (depth === MAX_JSON_DEPTH)
    throw new RequestRefusedError(400, `JSON is nested deeper than ${MAX_JSON_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (const item of value) refuseHostileShape(item, depth + 1);
    return;
  }
  // JSON has no keys that are inherited.
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (key === '__proto__' || (key === 'constructor' && isObjectWith(item, 'prototype'))) {
      throw new RequestRefusedError(400, `JSON key '${key}' is not taken`);
    }
    refuseHostileShape(item, depth + 1);
  }
}

function isObjectWith(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
