import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  genericAdvice,
  harmfulAdvice,
  missingRuleWordings,
  openings,
  uselessAdvice,
} from './critic/critique-wordings.ts';
import { ruleWordings } from './editor/edit-wordings.ts';
import { readSentence, splitSentences } from './skill-lexicon.ts';
import { badRules, type Skill, skills } from './skills.ts';

const paraphrases = JSON.parse(
  readFileSync(new URL('../test-data/rule-paraphrases.json', import.meta.url), 'utf8'),
) as Record<Skill, string[]>;

/** Share of the paraphrases of a rule that have to be understood. The rest is the agent's own want of language. */
const wantedRecall = 0.7;

describe('readSentence()', () => {
  it.each(skills)('understands most of at least 20 paraphrases of %s, which it was not written from', (skill) => {
    const sentences = paraphrases[skill];
    expect(sentences.length).toBeGreaterThanOrEqual(20);
    const missed = sentences.filter((sentence) => !readSentence(sentence).skills.includes(skill));
    const recall = 1 - missed.length / sentences.length;
    process.stdout.write(`lexicon: ${skill} missed ${missed.length} of ${sentences.length} paraphrases\n`);
    expect(recall, missed.join('\n')).toBeGreaterThanOrEqual(wantedRecall);
  });

  it('takes few paraphrases of a rule for another rule', () => {
    const all = skills.flatMap((skill) => paraphrases[skill].map((sentence) => ({ skill, sentence })));
    const mistaken = all.filter(({ skill, sentence }) => readSentence(sentence).skills.some((read) => read !== skill));
    expect(mistaken.length / all.length).toBeLessThan(0.05);
  });

  it.each(skills)("reads the critic's and the editor's sentences on %s as that rule and nothing else", (skill) => {
    for (const sentence of [...missingRuleWordings[skill], ...ruleWordings[skill]]) {
      expect(readSentence(sentence), sentence).toMatchObject({ skills: [skill], badRules: [] });
    }
  });

  it.each(skills)('reads all wordings of %s as orders but the last, which only mentions it', (skill) => {
    const strengths = ruleWordings[skill].map((sentence) => readSentence(sentence).strength);
    expect(strengths).toEqual([...strengths.slice(0, -1).fill(2), 1]);
  });

  it('finds no rule in useless advice, openings and generic advice', () => {
    for (const sentence of [...uselessAdvice, ...openings, ...genericAdvice]) {
      expect(readSentence(sentence), sentence).toEqual({ skills: [], badRules: [], strength: 0 });
    }
  });

  it('finds each bad rule in harmful advice, and no skill', () => {
    const meanings = harmfulAdvice.map(readSentence);
    expect(meanings.flatMap((meaning) => meaning.badRules).sort()).toEqual([...badRules].sort());
    expect(meanings.flatMap((meaning) => meaning.skills)).toEqual([]);
  });
});

describe('splitSentences()', () => {
  it('splits lines, list items and sentences', () => {
    expect(splitSentences('One. Two!\n- Three\n2. Four\n\n')).toEqual(['One.', 'Two!', 'Three', 'Four']);
  });
});
