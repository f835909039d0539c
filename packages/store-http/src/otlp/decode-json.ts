/**
 * Reads an OTLP/JSON export into what is kept of it: ids are hex, 64-bit integers are texts or numbers, keys are
 * camelCase, unknown keys are skipped.
 */
import { hasMoreJsonNodes } from '../server/json-nodes.ts';
import {
  doubleOf,
  emptySpan,
  MAX_MESSAGES,
  MAX_VALUE_DEPTH,
  type OtlpAttributes,
  OtlpPayloadError,
  type OtlpResourceSpans,
  type OtlpSpan,
  OtlpTooLargeError,
  type OtlpValue,
  setAttribute,
  timeOf,
} from './otlp-trace.ts';

type Json = Readonly<Record<string, unknown>>;

/** @throws OtlpPayloadError if the bytes are no such JSON, OtlpTooLargeError if they hold more than {@link MAX_MESSAGES} of its parts */
export function decodeJsonTraces(bytes: Uint8Array): OtlpResourceSpans[] {
  if (bytes.length === 0) return [];
  if (hasMoreJsonNodes(bytes, 4 * MAX_MESSAGES)) throw new OtlpTooLargeError();
  const request = object(parse(bytes), 'payload');
  return list(request['resourceSpans'], 'resourceSpans', (item, path) => {
    const resource = object(item['resource'], `${path}.resource`);
    return {
      attributes: attributes(resource['attributes'], `${path}.resource.attributes`, 0),
      schemaUrl: text(item['schemaUrl'], `${path}.schemaUrl`),
      spans: list(item['scopeSpans'], `${path}.scopeSpans`, (scope, at) =>
        list(scope['spans'], `${at}.spans`, readSpan),
      ).flat(),
    };
  });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    // The parser's own words quote the payload.
    throw new OtlpPayloadError('it is not JSON in UTF-8', { cause: error });
  }
}

function readSpan(span: Json, path: string): OtlpSpan {
  const status = object(span['status'], `${path}.status`);
  return {
    ...emptySpan(),
    traceId: hexId(span['traceId'], `${path}.traceId`),
    spanId: hexId(span['spanId'], `${path}.spanId`),
    parentSpanId: hexId(span['parentSpanId'], `${path}.parentSpanId`),
    name: text(span['name'], `${path}.name`),
    startTime: timeOf(integer(span['startTimeUnixNano'], `${path}.startTimeUnixNano`)),
    endTime: timeOf(integer(span['endTimeUnixNano'], `${path}.endTimeUnixNano`)),
    attributes: attributes(span['attributes'], `${path}.attributes`, 0),
    events: list(span['events'], `${path}.events`, (event, at) => ({
      name: text(event['name'], `${at}.name`),
      timestamp: timeOf(integer(event['timeUnixNano'], `${at}.timeUnixNano`)),
      attributes: attributes(event['attributes'], `${at}.attributes`, 0),
    })),
    links: list(span['links'], `${path}.links`, (link, at) => ({
      traceId: hexId(link['traceId'], `${at}.traceId`),
      spanId: hexId(link['spanId'], `${at}.spanId`),
      attributes: attributes(link['attributes'], `${at}.attributes`, 0),
    })),
    statusCode: statusCode(status['code'], `${path}.status.code`),
    statusMessage: text(status['message'], `${path}.status.message`),
  };
}

function attributes(value: unknown, path: string, depth: number): OtlpAttributes {
  const result: OtlpAttributes = {};
  for (const [key, read] of list(value, path, (entry, at) => {
    return [text(entry['key'], `${at}.key`), anyValue(entry['value'], `${at}.value`, depth)] as const;
  })) {
    setAttribute(result, key, read);
  }
  return result;
}

function anyValue(value: unknown, path: string, depth: number): OtlpValue {
  if (depth > MAX_VALUE_DEPTH) throw new OtlpPayloadError(`values are nested deeper than ${MAX_VALUE_DEPTH} levels`);
  const any = object(value, path);
  const [kind] = Object.keys(any).filter((key) => VALUE_KINDS.has(key) && any[key] !== null);
  const held = kind === undefined ? undefined : any[kind];
  switch (kind) {
    case undefined:
      return null;
    case 'stringValue':
      return text(held, path);
    case 'boolValue':
      if (typeof held === 'boolean') return held;
      break;
    case 'intValue':
      return Number(integer(held, path));
    case 'doubleValue':
      return doubleOf(double(held, path), depth);
    case 'bytesValue':
      return Buffer.from(text(held, path), 'base64').toString('hex');
    case 'arrayValue':
      return list(object(held, path)['values'], path, (item, at) => anyValue(item, at, depth + 1));
    case 'kvlistValue':
      return attributes(object(held, path)['values'], path, depth + 1);
  }
  throw unexpected(path, kind as string);
}

const VALUE_KINDS: ReadonlySet<string> = new Set([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'bytesValue',
  'arrayValue',
  'kvlistValue',
]);

/** An object; absent and `null` are an empty one, as in proto3. */
function object(value: unknown, path: string): Json {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw unexpected(path, 'an object');
  return value as Json;
}

function list<T>(value: unknown, path: string, read: (item: Json, path: string) => T): T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unexpected(path, 'a list');
  return value.map((item, index) => read(object(item, `${path}[${index}]`), `${path}[${index}]`));
}

function text(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw unexpected(path, 'a text');
  return value;
}

function hexId(value: unknown, path: string): string {
  const id = text(value, path);
  if (id.length % 2 === 1 || !/^[\da-f]*$/i.test(id)) throw unexpected(path, 'hex digits');
  return id.toLowerCase();
}

const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/** OTLP asks for the number; protobuf's own JSON writers give the name. */
function statusCode(value: unknown, path: string): number {
  const named = STATUS_NAMES.indexOf(value as string);
  return named === -1 ? Number(integer(value, path)) : named;
}

function integer(value: unknown, path: string): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw unexpected(path, 'a whole number');
}

function double(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw unexpected(path, 'a number');
}

function unexpected(path: string, wanted: string): OtlpPayloadError {
  return new OtlpPayloadError(`${path} must be ${wanted}`);
}
