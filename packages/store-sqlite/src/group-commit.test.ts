import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommitSteps, GroupCommit } from './group-commit.ts';
import { Sql } from './sql.ts';

let db: DatabaseSync;
let sql: Sql;
let log: string[];
let beforeCommit: () => void;

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (a TEXT PRIMARY KEY)');
  sql = new Sql(db);
  log = [];
  beforeCommit = () => undefined;
});
afterEach(() => db.close());

function groupCommit(): GroupCommit {
  const steps: CommitSteps = {
    beforeCommit: () => beforeCommit(),
    committed: () => void log.push('committed'),
    rolledBack: () => void log.push('rolled back'),
    explain: (error) => error,
  };
  return new GroupCommit(sql, steps);
}

const insert = (value: string) => () => sql.run('INSERT INTO t VALUES (?)', value);
const values = (): unknown[] =>
  db
    .prepare('SELECT a FROM t ORDER BY a')
    .all()
    .map(({ a }) => a);

describe('GroupCommit', () => {
  it('commits together what arrives in one turn of the event loop, and answers after it', async () => {
    const commits = groupCommit();
    const answers = ['a', 'b', 'c'].map((value) => commits.write(insert(value)).then(() => log.push(value)));
    expect(log).toEqual([]);
    await Promise.all(answers);
    expect(log).toEqual(['committed', 'a', 'b', 'c']);
  });

  it('commits at the end of the turn what is alone: it waits for nothing else', async () => {
    const commits = groupCommit();
    const order: string[] = [];
    const writing = commits.write(insert('a')).then(() => order.push('answer'));
    await new Promise<void>((resolve) => setImmediate(resolve));
    order.push('next turn');
    await writing;
    expect(order).toEqual(['answer', 'next turn']);
  });

  it('reads what is committed: at once, or after the commit that is due', async () => {
    const commits = groupCommit();
    expect(await commits.read(values)).toEqual([]);
    const writing = commits.write(insert('a'));
    expect(await commits.read(values)).toEqual(['a']);
    expect(log).toEqual(['committed']);
    await writing;
  });

  it('a refusal is the refused operation’s own', async () => {
    const commits = groupCommit();
    const refused = commits.write(() => {
      throw new Error('refused');
    });
    const other = commits.write(insert('a'));
    await expect(refused).rejects.toThrow('refused');
    await other;
    expect(log).toEqual(['committed']);
  });

  it('an operation that breaks in the middle leaves nothing behind and does the others no harm', async () => {
    const commits = groupCommit();
    const first = commits.write(insert('a'));
    const broken = commits.write(() => {
      insert('half')();
      throw new TypeError('a defect');
    });
    const read = commits.read(values);
    const last = commits.write(insert('b'));
    await expect(broken).rejects.toThrow('a defect');
    await Promise.all([first, last]);
    expect(await read).toEqual(['a', 'b']);
    expect(log).toEqual(['rolled back', 'committed']);
  });

  it('a read that came between is answered also when nothing else is left', async () => {
    const commits = groupCommit();
    const broken = commits.write(() => {
      void commits.read(values).then((seen) => log.push(`saw ${seen.length}`));
      insert('half')();
      throw new TypeError('a defect');
    });
    await expect(broken).rejects.toThrow('a defect');
    expect(log).toEqual(['rolled back', 'saw 0']);
  });

  it('a failed commit fails all of its operations, and reads see what was before', async () => {
    const commits = groupCommit();
    await commits.write(insert('before'));
    log = [];
    beforeCommit = () => {
      throw new Error('the disk is gone');
    };
    const writes = [commits.write(insert('a')), commits.write(insert('b'))];
    const read = commits.read(values);
    const results = await Promise.allSettled(writes);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await read).toEqual(['before']);
    expect(log).toEqual(['rolled back']);
    beforeCommit = () => undefined;
    await commits.write(insert('after'));
    expect(values()).toEqual(['after', 'before']);
  });

  it('an error of SQLite in one operation is one of the disk: the transaction fails', async () => {
    const commits = groupCommit();
    const good = commits.write(insert('a'));
    const bad = commits.write(insert('a'));
    await expect(bad).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR' });
    await expect(good).rejects.toMatchObject({ code: 'ERR_SQLITE_ERROR' });
    expect(values()).toEqual([]);
  });

  it('a long transaction is committed without waiting for the end of the turn', async () => {
    const commits = groupCommit();
    const writes = Array.from({ length: 1_000 }, (_, index) => commits.write(insert(String(index))));
    expect(log).toEqual(['committed']);
    await Promise.all(writes);
    expect(log).toEqual(['committed', 'committed']);
  });
});
