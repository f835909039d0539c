import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, versionOf } from './migrate.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema.ts';

let db: DatabaseSync;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
});
afterEach(() => db.close());

const tables = (): unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name);
const version = (): number => versionOf(db, 'store.db', SCHEMA_VERSION);

describe('migrate()', () => {
  it('leads from every version to the newest, and keeps what is there', () => {
    migrate(db, 'store.db');
    const newest = tables();
    for (let from = 1; from < SCHEMA_VERSION; from++) {
      db.close();
      db = new DatabaseSync(':memory:');
      migrate(db, 'store.db', MIGRATIONS.slice(0, from));
      db.exec("INSERT INTO facts VALUES ('test', '1')");
      expect(version()).toBe(from);
      migrate(db, 'store.db');
      expect(version()).toBe(SCHEMA_VERSION);
      expect(tables()).toEqual(newest);
      expect(db.prepare("SELECT value FROM facts WHERE name = 'test'").get()).toEqual({ __proto__: null, value: '1' });
    }
  });

  it('does a step wholly or not at all', () => {
    const broken = [...MIGRATIONS, 'CREATE TABLE half (a); CREATE TABLE half (a)'];
    expect(() => migrate(db, 'store.db', broken)).toThrow('already exists');
    expect(db.isTransaction).toBe(false);
    expect(version()).toBe(SCHEMA_VERSION);
    expect(tables()).not.toContain('half');
    migrate(db, 'store.db', [...MIGRATIONS, 'CREATE TABLE half (a)']);
    expect(tables()).toContain('half');
  });

  it('refuses a version that it does not know', () => {
    migrate(db, 'store.db', [...MIGRATIONS, 'CREATE TABLE later (a)']);
    expect(() => migrate(db, 'store.db')).toThrow('a newer version of this package has written it');
  });
});
