import type { Skill } from '../skills.ts';

/** How able an agent's model is. */
export interface AgentProfile {
  /** For each skill, the log-odds of applying it when it is unstated, mentioned, and ordered. */
  readonly prior: Readonly<Record<Skill, readonly [unstated: number, mentioned: number, ordered: number]>>;
  /** Largest change, in log-odds, that a prompt's wording makes to a skill on a task, up or down. At most half of what an order adds. */
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
  free: [3.6, 4, 4.7],
  capacity: [3.8, 4.2, 4.7],
  equipment: [2.1, 2.9, 4.2],
  accessibility: [2.2, 2.9, 4],
  noRoom: [-1.4, 1.4, 3.6],
  smallest: [-0.4, 1.8, 3.9],
  nearest: [-0.9, 1.7, 3.7],
  format: [1, 2.2, 4.2],
};

/** The built-in profiles. A more able model does more unasked, and errs less often in what it is told. */
export const agentProfiles: Readonly<Record<AgentLevel, AgentProfile>> = {
  weak: { prior: weak, wordingJitter: 0.45, samplingJitter: 0.45 },
  medium: { prior: abler(weak, { unasked: 0.25, told: 0.3 }), wordingJitter: 0.4, samplingJitter: 0.4 },
  strong: { prior: abler(weak, { unasked: 0.65, told: 1 }), wordingJitter: 0.3, samplingJitter: 0.3 },
};

/**
 * @param unasked how much of the way from unstated (and from mentioned) to ordered is gone without being told, 0 to 1
 * @param told log-odds added to an order
 */
function abler(
  prior: AgentProfile['prior'],
  { unasked, told }: { unasked: number; told: number },
): AgentProfile['prior'] {
  const towards = (odds: number, ordered: number) => odds + unasked * (ordered - odds);
  return Object.fromEntries(
    Object.entries(prior).map(([skill, [unstated, mentioned, ordered]]) => [
      skill,
      [towards(unstated, ordered), towards(mentioned, ordered), ordered + told],
    ]),
  ) as unknown as AgentProfile['prior'];
}
