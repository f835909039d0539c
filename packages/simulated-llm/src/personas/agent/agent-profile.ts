import type { Skill } from '../skills.ts';

/** How able an agent's model is. */
export interface AgentProfile {
  /** For each skill, the log-odds of applying it when it is unstated, mentioned, and ordered. */
  readonly prior: Readonly<Record<Skill, readonly [unstated: number, mentioned: number, ordered: number]>>;
  /** Largest change, in log-odds, that a prompt's wording makes to a skill on a task, up or down. */
  readonly wordingJitter: number;
  /** Largest change, in log-odds, that sampling makes at temperature 1; it grows in proportion. */
  readonly samplingJitter: number;
}

/** Levels of ability, least first. */
export const agentLevels = ['weak', 'medium', 'strong'] as const;

/** A level of ability; the persona is called `sim-agent-<level>`. */
export type AgentLevel = (typeof agentLevels)[number];

/** Log-odds that a bad rule takes from the skill that it opposes. */
export const conflictPenalty = 2.5;

/** Characters of instructions that are read without loss, and the log-odds lost for each thousand more. */
export const attention = { characters: 1_500, penaltyPerThousand: 0.8 };

/** Probability of following a bad rule that is stated. */
export const badRuleObedience = 0.75;

const weak: AgentProfile['prior'] = {
  free: [3.4, 4, 4.7],
  capacity: [3.6, 4, 4.7],
  equipment: [1.9, 2.8, 4.2],
  accessibility: [1.9, 2.8, 4],
  noRoom: [-1.2, 1.2, 3.6],
  smallest: [-0.3, 1.6, 3.9],
  nearest: [-0.8, 1.5, 3.7],
  format: [0.9, 2, 4.2],
};

/** The built-in profiles. A level above another adds to what it does unasked, and less to what it does when told. */
export const agentProfiles: Readonly<Record<AgentLevel, AgentProfile>> = {
  weak: { prior: weak, wordingJitter: 0.6, samplingJitter: 0.6 },
  medium: { prior: raise(weak, [0.8, 0.6, 0.3]), wordingJitter: 0.5, samplingJitter: 0.5 },
  strong: { prior: raise(weak, [2.2, 1.6, 1]), wordingJitter: 0.3, samplingJitter: 0.3 },
};

function raise(prior: AgentProfile['prior'], by: readonly [number, number, number]): AgentProfile['prior'] {
  return Object.fromEntries(
    Object.entries(prior).map(([skill, odds]) => [skill, [odds[0] + by[0], odds[1] + by[1], odds[2] + by[2]] as const]),
  ) as AgentProfile['prior'];
}
