import type { ToolDefinition } from '../../chat/chat-request.ts';
import { isRecord } from '../../json-record.ts';
import type { RequestFacts } from './request-facts.ts';

/** What a model makes up for a fact that its instructions lack. */
const guesses = { date: '2025-01-01', time: '09:00', durationMin: 60, attendees: 4 };

/** JSON arguments for a tool, each parameter recognised by its name and otherwise given an empty value of its type. */
export function toolArguments(tool: ToolDefinition, facts: RequestFacts): string {
  const properties = isRecord(tool.parameters['properties']) ? tool.parameters['properties'] : {};
  return JSON.stringify(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, argumentFor(name, schema, facts)])),
  );
}

function argumentFor(name: string, schema: unknown, facts: RequestFacts): unknown {
  if (/dur|minutes/i.test(name)) return facts.durationMin ?? guesses.durationMin;
  if (/date|day/i.test(name)) return facts.date ?? guesses.date;
  if (/time|start|hour/i.test(name)) return facts.time ?? guesses.time;
  if (/attend|people|size|seats/i.test(name)) return facts.attendees ?? guesses.attendees;
  if (/access/i.test(name)) return facts.accessibleRequired ?? false;
  switch (isRecord(schema) ? schema['type'] : undefined) {
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return '';
  }
}
