import { isRecord } from '../../json-record.ts';

/** A room as the tool's answer describes it. What the answer leaves out is taken to be fine. */
export interface RoomRow {
  readonly id: string;
  readonly capacity: number;
  readonly equipment: readonly string[];
  readonly accessible: boolean;
  readonly distance: number;
  readonly free: boolean;
}

/**
 * The rooms in a tool's answer: a JSON list, or an object that holds one; of a text that was cut, the rooms that are whole. `undefined`
 * when there are none.
 */
export function parseRoomTable(text: string): RoomRow[] | undefined {
  const value = parseJson(text) ?? text.match(/\{[^{}]*\}/g)?.map(parseJson);
  const list: unknown = isRecord(value) ? Object.values(value).find(Array.isArray) : value;
  if (!Array.isArray(list)) return undefined;
  const rows = list.map(parseRow).filter((row) => row !== undefined);
  return rows.length === 0 ? undefined : rows;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseRow(value: unknown): RoomRow | undefined {
  if (!isRecord(value)) return undefined;
  const id = value['id'] ?? value['name'];
  if (typeof id !== 'string') return undefined;
  const equipment: unknown[] = Array.isArray(value['equipment']) ? value['equipment'] : [];
  return {
    id,
    capacity: numberOr(value['capacity'], Number.POSITIVE_INFINITY),
    equipment: equipment.filter((item) => typeof item === 'string').map((item) => item.toLowerCase()),
    accessible: value['accessible'] !== false,
    distance: numberOr(value['distance_m'] ?? value['distance'], 0),
    free: value['free'] !== false,
  };
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

/** The items of equipment that a request asks for, out of those that any of the rooms has. `text` is lower case. */
export function neededEquipment(text: string, rows: readonly RoomRow[]): string[] {
  const known = new Set(rows.flatMap((row) => row.equipment));
  return [...known].filter((item) => text.includes(item)).sort();
}
