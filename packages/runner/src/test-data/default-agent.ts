import { rollout } from '../function-agents.ts';
import { LitAgent } from '../lit-agent.ts';

export class Other extends LitAgent {}

export default rollout(() => 1);
