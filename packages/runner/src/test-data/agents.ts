import type { NamedResources, RolloutContext, RolloutResult } from '@agentlightning/core';
import { rollout } from '../function-agents.ts';
import { LitAgent } from '../lit-agent.ts';

export interface Options {
  readonly reward: number;
}

/** An agent that reaches a thread. */
export class ConstantAgent extends LitAgent<unknown, Options> {
  static override readonly moduleUrl = import.meta.url;

  override rollout(_task: unknown, _resources: NamedResources, _rollout: RolloutContext): RolloutResult {
    return this.options.reward;
  }
}

export const double = rollout<number>(({ task }) => task * 2, { moduleUrl: import.meta.url });

/** A function that makes an agent. */
export async function makeAgent(options: Options): Promise<ConstantAgent> {
  return new ConstantAgent(options);
}

/** No agent. */
export const settings = { reward: 1 };

class Hidden extends LitAgent {
  static override readonly moduleUrl = import.meta.url;
}

/** An instance of a class that the module keeps to itself. */
export function makeHidden(): LitAgent {
  return new Hidden();
}

export class Failing extends LitAgent {
  constructor() {
    super();
    throw new Error('no room');
  }
}
