import { completeChat } from '../src/chat/chat-completion.ts';
import { parseChatRequest } from '../src/chat/chat-request.ts';
import { findPersona } from '../src/personas/persona-registry.ts';
import {
  gradeRoomChoice,
  type Room,
  type RoomTask,
  roomsAndAvailability,
  roomToolDefinition,
} from '../src/rooms-hard/index.ts';

/** A prompt template of upstream's shape: it gives the request and no rule. */
export const seedPrompt =
  'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}';

/** One sentence for each rule, as a person would put it. */
export const oraclePrompt = `${seedPrompt}
Only consider rooms that are free for the whole slot.
The capacity must be at least the number of attendees.
The room must have every piece of equipment listed under needs.
If accessibility is required, the room must be accessible.
If no room meets all conditions, answer "No Room".
Of the suitable rooms, choose the smallest.
If several suitable rooms have the same capacity, choose the nearest.
Reply with the room id only.`;

/** A message as a trace holds it. */
type TraceMessage = Record<string, unknown>;

/** What came of one task: the reward and the whole conversation. */
export interface AgentOutcome {
  readonly reward: 0 | 1;
  readonly answer: string;
  readonly messages: readonly TraceMessage[];
}

/** One model call, in this process and without HTTP. */
export function ask(model: string, body: Record<string, unknown>, seed: number) {
  const persona = findPersona(model);
  if (persona === undefined) throw new Error(`No persona ${model}`);
  const completion = completeChat(parseChatRequest({ model, ...body }), persona, seed, 0);
  const message = completion.choices[0]?.message;
  if (message === undefined) throw new Error('No choice');
  return message;
}

/** Fills `{name}` with the task's field of that name. */
export function render(template: string, task: RoomTask): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(task[name as keyof RoomTask] ?? whole));
}

/** Runs the two-step agent on a task: the tool call, the tool's answer, the choice. */
export function runAgent(
  template: string,
  task: RoomTask,
  rooms: readonly Room[],
  { model = 'sim-agent-weak', seed = 0 }: { model?: string; seed?: number } = {},
): AgentOutcome {
  const user = { role: 'user', content: render(template, task) };
  const tools = [roomToolDefinition];
  const first = ask(model, { temperature: 0, tools, messages: [user] }, seed);
  const call = first.tool_calls?.[0];
  if (call === undefined) throw new Error('The agent persona did not call the tool');
  const slot = JSON.parse(call.function.arguments) as { date: string; time: string; duration_min: number };
  const table = roomsAndAvailability(slot.date, slot.time, slot.duration_min, rooms);
  const messages = [user, first, { role: 'tool', tool_call_id: call.id, content: JSON.stringify(table) }];
  const answer = ask(model, { temperature: 0, tools, messages }, seed);
  return {
    reward: gradeRoomChoice(task, answer.content ?? ''),
    answer: answer.content ?? '',
    messages: [...messages, answer] as TraceMessage[],
  };
}

/** Mean reward of a prompt on tasks. */
export function accuracy(
  template: string,
  tasks: readonly RoomTask[],
  rooms: readonly Room[],
  options?: { model?: string; seed?: number },
): number {
  return tasks.reduce((sum, task) => sum + runAgent(template, task, rooms, options).reward, 0) / tasks.length;
}
