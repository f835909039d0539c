import { hashOf } from '../../deterministic-random.ts';
import { readSentence, type Strength, splitSentences } from '../skill-lexicon.ts';
import { type BadRule, type Skill, skills } from '../skills.ts';

/** What the agent's model takes from its instructions. */
export interface Comprehension {
  readonly strength: Readonly<Record<Skill, Strength>>;
  readonly badRules: ReadonlySet<BadRule>;
  /** Characters of the instructions. */
  readonly length: number;
  /** Names the instructions' wording without the values of the request: two tasks with one prompt have the same. */
  readonly wording: string;
}

/** Reads instructions sentence by sentence; of several sentences on a rule, the strongest counts. */
export function comprehend(instructions: string): Comprehension {
  const strength = Object.fromEntries(skills.map((skill) => [skill, 0])) as Record<Skill, Strength>;
  const badRules = new Set<BadRule>();
  for (const sentence of splitSentences(instructions)) {
    if (isRequestLine(sentence)) continue;
    const meaning = readSentence(sentence);
    for (const skill of meaning.skills) strength[skill] = Math.max(strength[skill], meaning.strength) as Strength;
    for (const rule of meaning.badRules) badRules.add(rule);
  }
  return { strength, badRules, length: instructions.length, wording: wordingOf(instructions) };
}

/** A line that only carries a value ("Needs: hdmi", "Accessible required: yes") states no rule. */
function isRequestLine(sentence: string): boolean {
  return (
    /^(?:date|time|duration|attendees|needs|equipment|accessib\w*)[\w ]{0,20}[:=][^.]{0,80}\.?$/i.test(sentence) &&
    !/\b(?:must|only|if|never|always|do not|ensure)\b/i.test(sentence)
  );
}

/** Values are numbers, and what follows a colon on its line or in its sentence. */
function wordingOf(instructions: string): string {
  const wording = instructions.replace(/:[^.\n]*/g, ':').replace(/[\d:-]+/g, '#');
  return hashOf(wording.trim()).toString(36);
}
