import { uniform } from '../../deterministic-random.ts';
import { type BadRule, badRules, opposedSkill, type Skill, skills } from '../skills.ts';
import { type AgentProfile, attention, badRuleObedience, conflictPenalty } from './agent-profile.ts';
import type { Comprehension } from './comprehension.ts';

/** The skills and bad rules that the agent's model acts on in one reply. */
export interface Application {
  readonly skills: ReadonlySet<Skill>;
  readonly badRules: ReadonlySet<BadRule>;
}

/** What chance there is in a reply. */
export interface ReplyNoise {
  readonly seed: number;
  /** 0 makes `key` irrelevant. */
  readonly temperature: number;
  /** Differs between two requests, and between two choices of one. */
  readonly key: string;
}

/**
 * The probability that the agent's model applies a skill to a task: σ(prior[skill][strength] − length penalty − conflict penalty +
 * jitter). The jitter of the wording is drawn for each task anew and is bounded: no wording is luckier than another on the whole, so
 * what a search gains by lucky wordings on the tasks it looks at, it does not keep on others; and no jitter outweighs an order.
 */
export function probabilityOfApplying(
  skill: Skill,
  task: string,
  read: Comprehension,
  profile: AgentProfile,
  noise: ReplyNoise,
): number {
  const { seed, temperature, key } = noise;
  const lost = (attention.penaltyPerThousand * Math.max(0, read.length - attention.characters)) / 1000;
  const opposed = [...read.badRules].some((rule) => opposedSkill[rule] === skill);
  const wording = profile.wordingJitter * (2 * uniform('wording', seed, skill, task, read.wording) - 1);
  const sampling =
    temperature === 0 ? 0 : temperature * profile.samplingJitter * (2 * uniform('sampling', seed, skill, key) - 1);
  const odds = profile.prior[skill][read.strength[skill]] - lost - (opposed ? conflictPenalty : 0) + wording + sampling;
  return 1 / (1 + Math.exp(-odds));
}

/**
 * What is applied to a task. Each (task, skill) has a latent difficulty in [0, 1), the same whatever the prompt: so two prompts fail
 * on much the same tasks, and a comparison of the two gains from pairing.
 * @param task names the task by what is hard about it
 */
export function applySkills(task: string, read: Comprehension, profile: AgentProfile, noise: ReplyNoise): Application {
  return {
    skills: new Set(
      skills.filter(
        (skill) =>
          uniform('difficulty', noise.seed, skill, task) < probabilityOfApplying(skill, task, read, profile, noise),
      ),
    ),
    badRules: new Set(
      badRules.filter(
        (rule) => read.badRules.has(rule) && uniform('obedience', noise.seed, rule, task) < badRuleObedience,
      ),
    ),
  };
}
