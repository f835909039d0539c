import { LitAgent, promptRollout } from '@agentlightning/runner';
import { expect, it } from 'vitest';
import { agentName } from './agent-name.ts';

class RoomSelector extends LitAgent<unknown> {
  override rollout(): number {
    return 1;
  }
}

it.each([
  ['of its class', new RoomSelector(), 'RoomSelector'],
  [
    'of its function',
    promptRollout(async function selectRoom() {
      return 1;
    }),
    'selectRoom',
  ],
  ['of its file', new URL('file:///project/my%20agents/room-selector.ts?v=1'), 'room-selector'],
  ['of its export', { moduleUrl: 'file:///project/agents.ts', exportName: 'RoomSelector' }, 'RoomSelector'],
  ['of nothing', { rollout: () => 1 }, null],
])('has the name %s', (_, agent, name) => {
  expect(agentName(agent)).toBe(name);
});
