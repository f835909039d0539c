import { pick, uniform } from '../../deterministic-random.ts';
import { comprehend } from '../agent/comprehension.ts';
import { delimitedBlocks } from '../delimited-blocks.ts';
import type { Persona, PersonaInput } from '../persona.ts';
import { requestText } from '../request-text.ts';
import { type Skill, skills } from '../skills.ts';
import { genericAdvice, harmfulAdvice, missingRuleWordings, openings, uselessAdvice } from './critique-wordings.ts';
import { brokenRules, isFailure } from './diagnosis.ts';
import { type Experiment, findExperiments } from './experiments.ts';

/** How often a critic errs, and about what it speaks. */
export interface CriticProfile {
  /** Refuses any temperature but 1, as reasoning models do. */
  readonly fixedTemperature?: boolean;
  /** `diagnosis` (default); the negative controls name only distractors, or say nothing. */
  readonly speech?: 'diagnosis' | 'distractors' | 'silent';
}

/** ε: share of the broken rules that the critic sees and does not name. */
export const missRate = 0.1;

/** δ: share of critiques with a suggestion that does not help. */
export const distractorRate = 0.2;

/** Share of such suggestions that do harm. */
const harmfulShare = 0.3;

/** Rules named in a critique, at most. */
const maxRules = 3;

/** A critic: it finds the failures among the experiments in the request, and says which rules the prompt should state. */
export function createCriticPersona(name: string, profile: CriticProfile): Persona {
  const { fixedTemperature = false, speech = 'diagnosis' } = profile;
  const speak = { diagnosis: diagnose, distractors: distract, silent: () => '' }[speech];
  return { name, kind: 'critic', fixedTemperature, reply: (input) => ({ text: speak(input) }) };
}

function diagnose({ request, key }: PersonaInput): string {
  const text = requestText(request);
  const experiments = findExperiments(text);
  const failures = experiments.filter(isFailure);
  const advice = rankBrokenRules(failures, delimitedBlocks(text, 'prompt').at(-1) ?? '')
    .slice(0, maxRules)
    .filter((skill) => uniform('miss', key, skill) >= missRate)
    .map((skill) => pick(missingRuleWordings[skill], 'wording', key, skill));
  if (uniform('distract', key) < distractorRate) advice.push(distractor(key));
  if (failures.length === 0 || advice.length === 0) return pick(genericAdvice, 'generic', key);
  return critique(failures.length, experiments.length, advice, key);
}

/** The control that never names a rule, in the same words around it. */
function distract({ request, key }: PersonaInput): string {
  const experiments = findExperiments(requestText(request));
  const advice = [...new Set([distractor(`${key}-1`), distractor(`${key}-2`)])];
  return critique(experiments.filter(isFailure).length, experiments.length, advice, key);
}

/** Rules broken in any of the failures: those that the prompt does not yet order before the others, then by how often they were broken. */
function rankBrokenRules(failures: readonly Experiment[], prompt: string): Skill[] {
  const counts = new Map<Skill, number>();
  for (const skill of failures.flatMap(brokenRules)) counts.set(skill, (counts.get(skill) ?? 0) + 1);
  const { strength } = comprehend(prompt);
  const weight = (skill: Skill) => (counts.get(skill) ?? 0) + (strength[skill] < 2 ? failures.length : 0);
  return skills.filter((skill) => counts.has(skill)).toSorted((a, b) => weight(b) - weight(a));
}

function distractor(key: string): string {
  return pick(uniform('harm', key) < harmfulShare ? harmfulAdvice : uselessAdvice, 'distractor', key);
}

function critique(failed: number, total: number, advice: readonly string[], key: string): string {
  const opening = pick(openings, 'opening', key).replace('{failed}', String(failed)).replace('{total}', String(total));
  return [opening, ...advice.map((line) => `- ${line}`)].join('\n');
}
