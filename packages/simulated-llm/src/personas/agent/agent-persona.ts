import type { ChatRequest } from '../../chat/chat-request.ts';
import { pick } from '../../deterministic-random.ts';
import type { Persona, PersonaInput, PersonaReply } from '../persona.ts';
import { requestText } from '../request-text.ts';
import { type AgentLevel, type AgentProfile, agentProfiles } from './agent-profile.ts';
import { applySkills } from './competence.ts';
import { comprehend } from './comprehension.ts';
import { readRequestFacts } from './request-facts.ts';
import { chooseRoom, taskFingerprint, wantsOf } from './room-decision.ts';
import { parseRoomTable, type RoomRow } from './room-table.ts';
import { toolArguments } from './tool-arguments.ts';

/**
 * The model of a room-selection agent. It first asks for the rooms through the tool that it is offered, then decides from the tool's
 * answer and from what its instructions say, with the mistakes of its profile.
 */
export function createAgentPersona(level: AgentLevel): Persona {
  const profile = agentProfiles[level];
  return { name: `sim-agent-${level}`, kind: 'agent', reply: (input) => reply(input, profile) };
}

function reply(input: PersonaInput, profile: AgentProfile): PersonaReply {
  const { request, seed, key } = input;
  const instructions = requestText(request);
  const rows = roomsIn(request);
  const facts = readRequestFacts(instructions);
  const tool = toolToCall(request);
  if (tool !== undefined) {
    return { toolCalls: [{ id: `call_sim_${key}`, name: tool.name, arguments: toolArguments(tool, facts) }] };
  }
  if (rows === undefined) return { text: 'I cannot see which rooms there are, so I cannot choose one.' };
  const wants = wantsOf(facts, rows);
  const task = taskFingerprint(wants, facts, rows);
  const applied = applySkills(task, comprehend(instructions), profile, {
    seed,
    temperature: request.temperature ?? 1,
    key,
  });
  const room = chooseRoom(rows, wants, applied, task);
  const brief = applied.skills.has('format') && !applied.badRules.has('verbose');
  return { text: brief ? (room?.id ?? 'No Room') : talk(room, key) };
}

/** The latest room table that a tool has answered. */
function roomsIn({ messages }: ChatRequest): RoomRow[] | undefined {
  for (const message of messages.toReversed()) {
    const rows = message.role === 'tool' ? parseRoomTable(message.content) : undefined;
    if (rows !== undefined) return rows;
  }
  return undefined;
}

/** The tool to call now: the one demanded, or the first offered while no tool has answered yet. */
function toolToCall({ tools, toolChoice, messages }: ChatRequest): ChatRequest['tools'][number] | undefined {
  if (toolChoice === 'none') return undefined;
  if (typeof toolChoice === 'object') return tools.find((tool) => tool.name === toolChoice.name);
  if (toolChoice === 'auto' && messages.some(({ role }) => role === 'tool')) return undefined;
  return tools[0];
}

/** The answer of a model that was not told, or did not heed, how to put it. */
function talk(room: RoomRow | undefined, key: string): string {
  if (room === undefined) {
    return pick(
      [
        'I looked through the list, and I am afraid that there is no room for this meeting.',
        'Sorry, none of the rooms looks right to me.',
      ],
      'talk',
      key,
    );
  }
  return pick(
    [
      `I would go with ${room.id}: it seats ${room.capacity} and looks like a good match for your meeting.`,
      `Based on the list, ${room.id} seems suitable. Let me know if you would like another one.`,
      `The room ${room.id} should work well for this meeting, as it offers what you asked for.`,
    ],
    'talk',
    key,
  );
}
