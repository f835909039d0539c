import { appendFileSync } from 'node:fs';
import type { RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { LitAgent, type NamedResources, type PromptTemplate } from 'agentlightning';
import { clockMs } from './clock.ts';

/** Writes down when each rollout begins, and rewards it by prompt and task alone. */
export class ResumeAgent extends LitAgent<RoomTask, { readonly ledger: string }> {
  static override readonly moduleUrl = import.meta.url;

  override rollout(task: RoomTask, resources: NamedResources): number {
    appendFileSync(this.options.ledger, `${clockMs()}\n`);
    const { template } = resources['prompt_template'] as PromptTemplate;
    return ((template.length * 31 + JSON.stringify(task).length) % 5) / 4;
  }
}
