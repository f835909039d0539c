import { createRng } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { redactorOf, redactSpan } from './redact-secrets.ts';

describe('redactorOf()', () => {
  it('leaves what holds no secret, and texts under eight characters that are called secrets', () => {
    const redact = redactorOf(['none', null, undefined, '']);
    expect(redact('none of that')).toBe('none of that');
  });

  it('takes the longer of two secrets that begin alike', () => {
    expect(redactorOf(['sk-12345', 'sk-1234567890'])('a sk-1234567890 b sk-12345')).toBe('a *** b ***');
  });

  it('finds secrets in JSON, in JSON within JSON, and in URLs', () => {
    const secret = 'pass"word\\/ ü';
    const redact = redactorOf([secret]);
    expect(redact(JSON.stringify({ secret }))).toBe('{"secret":"***"}');
    expect(JSON.parse(JSON.parse(redact(JSON.stringify(JSON.stringify({ secret })))) as string)).toEqual({
      secret: '***',
    });
    expect(redact(`http://h/?key=${encodeURIComponent(secret)}&x=1`)).toBe('http://h/?key=***&x=1');
  });

  it.each(['base64', 'base64url'] as const)('finds secrets within %s, whatever was encoded with them', (encoding) => {
    const seed = process.env['AGL_SEED'] ?? 'redaction';
    const rng = createRng(seed);
    const bytes = (length: number) => Buffer.from(Array.from({ length }, () => rng.int(256)));
    for (let round = 0; round < 200; round += 1) {
      const secret = bytes(6 + rng.int(20)).toString('base64');
      const text = Buffer.concat([bytes(rng.int(9)), Buffer.from(secret), bytes(rng.int(9))]).toString(encoding);
      const redacted = redactorOf([secret])(`Basic ${text}.`);
      // At either end a character may be left that has a part of the secret.
      const left = Buffer.from(redacted.replace('***', ''), encoding).toString('latin1');
      expect([seed, secret, redacted.includes('***'), left.includes(secret.slice(2, -2))]).toEqual([
        seed,
        secret,
        true,
        false,
      ]);
    }
  });
});

describe('redactSpan()', () => {
  it('remembers nothing that belongs to other secrets, however many there were', () => {
    const text = 'sk-canary-7 and sk-canary-8';
    for (let round = 0; round < 200; round++) {
      const secret = `sk-canary-${round % 100}`;
      const redact = redactorOf([secret]);
      for (let name = 0; name < 600; name += 1) redact(`attribute.name.${round}.${name}`);
      expect(redact(text)).toBe(text.replaceAll(secret, '***'));
      expect(redact(`with ${secret}!`)).toBe('with ***!');
    }
  });

  it.each(['name', 'value', 'list', 'description'])('finds a secret that stands in one place only: %s', (place) => {
    const secret = 'sk-canary-1';
    const span = redactSpan(
      {
        ...{
          rolloutId: 'r',
          attemptId: 'a',
          sequenceId: null,
          traceId: 't',
          spanId: 's',
          parentId: null,
          name: 'call',
        },
        status: { statusCode: 'ERROR', description: place === 'description' ? `no ${secret}` : 'no' },
        attributes: {
          [place === 'name' ? secret : 'name']: 1,
          value: place === 'value' ? `${secret}!` : 'value',
          list: ['a', place === 'list' ? secret : 'b'],
        },
        ...{ events: [], links: [], startTime: 1, endTime: 2, context: null, parent: null },
        resource: { attributes: {}, schemaUrl: '' },
      },
      redactorOf([secret]),
    );
    expect(JSON.stringify(span)).toContain('***');
    expect(JSON.stringify(span)).not.toContain(secret);
  });

  it('redacts every text of a span', () => {
    const secret = 'sk-canary-1';
    const attributes = { [secret]: [secret, 'b'], number: 1 };
    const link = { context: { traceId: 'a', spanId: 'b', isRemote: false, traceState: {} }, attributes };
    const span = redactSpan(
      {
        ...{ rolloutId: 'r', attemptId: 'a', sequenceId: null, traceId: 't', spanId: 's', parentId: null },
        name: `call ${secret}`,
        status: { statusCode: 'ERROR', description: secret },
        attributes,
        events: [{ name: secret, attributes, timestamp: 1 }],
        links: [link, { ...link, attributes: null }],
        ...{ startTime: 1, endTime: 2, context: null, parent: null },
        resource: { attributes: {}, schemaUrl: '' },
      },
      redactorOf([secret]),
    );
    const redacted = { '***': ['***', 'b'], number: 1 };
    expect(span).toMatchObject({
      name: 'call ***',
      status: { statusCode: 'ERROR', description: '***' },
      attributes: redacted,
      events: [{ name: '***', attributes: redacted, timestamp: 1 }],
      links: [{ attributes: redacted }, { attributes: null }],
    });
    expect(JSON.stringify(span)).not.toContain(secret);
  });
});
