import { isRecord } from '../json-record.ts';
import { invalidRequest } from './api-error.ts';
import type { ChatMessage } from './chat-request.ts';

/** The wanted shape of the reply's text. */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: Record<string, unknown> };

/**
 * Reads `response_format` and refuses what the real API refuses: `json_object` when no message says JSON, and a strict schema
 * whose objects leave properties optional or open.
 * @throws ApiError 400
 */
export function checkResponseFormat(value: unknown, messages: readonly ChatMessage[]): ResponseFormat {
  if (value === undefined || value === null) return { type: 'text' };
  const type = isRecord(value) ? value['type'] : undefined;
  if (!isRecord(value))
    throw invalidRequest('response_format', "Invalid type for 'response_format': expected an object");
  if (type === 'text') return { type };
  if (type === 'json_object') {
    if (!messages.some((message) => /json/i.test(message.content))) {
      throw invalidRequest(
        'messages',
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'",
      );
    }
    return { type };
  }
  if (type !== 'json_schema') {
    throw invalidRequest(
      'response_format.type',
      `Invalid value: '${String(type)}'. Supported values are: 'json_object', 'json_schema' and 'text'`,
    );
  }
  const format = value['json_schema'];
  if (!isRecord(format) || typeof format['name'] !== 'string') {
    throw invalidRequest(
      'response_format.json_schema.name',
      "Missing required parameter: 'response_format.json_schema.name'",
    );
  }
  const schema = format['schema'];
  if (!isRecord(schema)) {
    throw invalidRequest(
      'response_format.json_schema.schema',
      "Missing required parameter: 'response_format.json_schema.schema'",
    );
  }
  if (format['strict'] === true) checkStrictSchema(schema, format['name'], '()');
  return { type, schema };
}

function checkStrictSchema(schema: unknown, name: string, context: string): void {
  if (!isRecord(schema)) return;
  const refuse = (reason: string) =>
    invalidRequest('response_format', `Invalid schema for response_format '${name}': In context=${context}, ${reason}`);
  if (schema['type'] === 'object') {
    const properties = isRecord(schema['properties']) ? schema['properties'] : {};
    const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
    if (schema['additionalProperties'] !== false) {
      throw refuse("'additionalProperties' is required to be supplied and to be false");
    }
    const optional = Object.keys(properties).find((key) => !required.includes(key));
    if (optional !== undefined) {
      throw refuse(`'required' is required to be an array including every key in properties. Missing '${optional}'`);
    }
    for (const [key, property] of Object.entries(properties))
      checkStrictSchema(property, name, `('properties', '${key}')`);
  }
  checkStrictSchema(schema['items'], name, `${context}.items`);
}

/**
 * The reply's text in the wanted shape: for `json_object` it is `{"answer": text}`, for `json_schema` the smallest instance of the
 * schema in which each free string is the text.
 */
export function formatReplyText(text: string, format: ResponseFormat): string {
  if (format.type === 'text') return text;
  if (format.type === 'json_object') return JSON.stringify({ answer: text });
  return JSON.stringify(instanceOf(format.schema, format.schema, text, 0));
}

/** Recursive schemas end here; a schema nested deeper gets null. */
const maxDepth = 12;

function instanceOf(schema: unknown, root: Record<string, unknown>, text: string, depth: number): unknown {
  if (!isRecord(schema) || depth > maxDepth) return null;
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return closestMember(schema['enum'], text);
  if (typeof schema['$ref'] === 'string')
    return instanceOf(resolveReference(root, schema['$ref']), root, text, depth + 1);
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) return instanceOf(alternatives[0], root, text, depth + 1);
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object': {
      const properties = isRecord(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(
        Object.entries(properties).map(([key, property]) => [key, instanceOf(property, root, text, depth + 1)]),
      );
    }
    case 'array': {
      const length = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0;
      return Array.from({ length }, () => instanceOf(schema['items'], root, text, depth + 1));
    }
    case 'number':
    case 'integer':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return text;
  }
}

/** The member that is the text or that the text contains, else the first. */
function closestMember(members: readonly unknown[], text: string): unknown {
  const lower = text.toLowerCase();
  return members.find((member) => typeof member === 'string' && lower.includes(member.toLowerCase())) ?? members[0];
}

function resolveReference(root: Record<string, unknown>, reference: string): unknown {
  let target: unknown = root;
  for (const key of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    target = isRecord(target) ? target[key] : undefined;
  }
  return target;
}
