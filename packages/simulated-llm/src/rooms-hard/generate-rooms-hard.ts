import { dates, equipmentItems, formatTime, generateRooms } from './generate-rooms.ts';
import { RandomStream } from './random-stream.ts';
import type { Room } from './room.ts';
import { noRoom, type RoomTask } from './room-task.ts';
import { decisiveRules, type RoomQuestion, type Rule, rightChoice } from './rules.ts';

/** Rooms and three disjoint sets of tasks about them. */
export interface RoomsHard {
  readonly rooms: readonly Room[];
  /** Half of the tasks. */
  readonly train: readonly RoomTask[];
  /** A quarter. */
  readonly val: readonly RoomTask[];
  /** A quarter, for one look at the end. */
  readonly test: readonly RoomTask[];
}

/** Shares of tasks decided by each rule that takes care to come about; the other rules decide more often by themselves. */
const kinds: readonly { rule: Rule; share: number }[] = [
  { rule: 'noRoom', share: 0.135 },
  { rule: 'accessible', share: 0.16 },
  { rule: 'nearest', share: 0.17 },
  { rule: 'equipment', share: 0.17 },
];

const unsetKind = 'any';

/**
 * Generates the `rooms-hard` data: several dates, 18 rooms, and tasks whose one right answer follows from the rules in `rules.ts`. Each
 * rule decides at least 8 % of the tasks, 12–15 % are answered "No Room", and the split into train, val and test is stratified by
 * what decides a task.
 * @param options.seed integer, default 0; equal seeds give equal data
 * @param options.tasks how many tasks, at least 40; default 320
 * @throws RangeError for another number of tasks
 */
export function generateRoomsHard(options: { readonly seed?: number; readonly tasks?: number } = {}): RoomsHard {
  const { seed = 0, tasks: count = 320 } = options;
  if (!Number.isInteger(seed))
    throw new RangeError(`Cannot generate rooms-hard as 'seed' must be an integer: current value is ${seed}`);
  if (!Number.isInteger(count) || count < 40) {
    throw new RangeError(
      `Cannot generate rooms-hard as 'tasks' must be an integer of at least 40: current value is ${count}`,
    );
  }
  const rooms = generateRooms(seed);
  const random = new RandomStream(seed + 1_000_003);
  const seen = new Set<string>();
  const strata = new Map<string, RoomTask[]>();
  let number = 0;
  for (const { kind, size } of stratumSizes(count)) {
    const tasks = Array.from({ length: size }, () => drawTask(kind, rooms, random, seen));
    strata.set(
      kind,
      tasks.map((task) => ({ ...task, id: `r${String(++number).padStart(3, '0')}` })),
    );
  }
  return { rooms, ...split([...strata.values()], rooms, random) };
}

function stratumSizes(count: number): { kind: Rule | typeof unsetKind; size: number }[] {
  const sizes = kinds.map(({ rule, share }) => ({ kind: rule, size: Math.round(share * count) }));
  const rest = count - sizes.reduce((sum, { size }) => sum + size, 0);
  return [...sizes, { kind: unsetKind, size: rest }];
}

function drawTask(
  kind: Rule | typeof unsetKind,
  rooms: readonly Room[],
  random: RandomStream,
  seen: Set<string>,
): RoomTask {
  for (;;) {
    const question = drawQuestion(random);
    const task: RoomTask = { id: '', ...question, expectedChoice: rightChoice(question, rooms) };
    if ((task.expectedChoice === noRoom) !== (kind === 'noRoom')) continue;
    if (kind !== unsetKind && !decisiveRules(task, rooms).includes(kind)) continue;
    const content = Object.values(question).join('|');
    if (seen.has(content)) continue;
    seen.add(content);
    return task;
  }
}

function drawQuestion(random: RandomStream): RoomQuestion {
  const needs = random.shuffle(equipmentItems).slice(0, random.pick([0, 1, 1, 2, 2, 3]));
  return {
    date: random.pick(dates),
    time: formatTime(8 * 60 + 30 * random.integer(0, 18)),
    duration_min: random.pick([30, 45, 60, 90]),
    attendees: random.integer(2, 16),
    needs: needs.length === 0 ? 'none' : needs.sort().join(', '),
    accessible_required: random.next() < 0.4 ? 'yes' : 'no',
  };
}

/**
 * Deals each stratum out in the pattern train, val, train, test, going on where the last one stopped. Within a stratum, tasks decided
 * by the same rules are dealt one after another, so that the sets are equally hard.
 */
function split(
  strata: readonly RoomTask[][],
  rooms: readonly Room[],
  random: RandomStream,
): Pick<RoomsHard, 'train' | 'val' | 'test'> {
  const sets = { train: [] as RoomTask[], val: [] as RoomTask[], test: [] as RoomTask[] };
  const pattern = ['train', 'val', 'train', 'test'] as const;
  let dealt = 0;
  for (const stratum of strata) {
    for (const task of sortByDecisiveRules(random.shuffle(stratum), rooms)) {
      sets[pattern[dealt++ % pattern.length] ?? 'train'].push(task);
    }
  }
  return { train: random.shuffle(sets.train), val: random.shuffle(sets.val), test: random.shuffle(sets.test) };
}

function sortByDecisiveRules(tasks: readonly RoomTask[], rooms: readonly Room[]): RoomTask[] {
  return tasks
    .map((task) => {
      const decisive = decisiveRules(task, rooms);
      return { task, key: `${decisive.length} ${decisive.join()}` };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ task }) => task);
}
