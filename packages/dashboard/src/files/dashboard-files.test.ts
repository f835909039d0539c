import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { dashboardFiles } from './dashboard-files.ts';
import type { PageFile } from './page-file.ts';

let files: ReadonlyMap<string, PageFile>;
beforeAll(async () => {
  files = await dashboardFiles();
});

function text(file: PageFile | undefined): string {
  return Buffer.from(file!.body).toString('utf8');
}

describe('dashboardFiles()', () => {
  it('has the page at / and what the page names, and nothing else that could be asked for', () => {
    const html = text(files.get('/'));
    const named = [...html.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map((match) => match[1]);
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const path of named) expect(files.has(path!)).toBe(true);
    for (const path of files.keys()) expect(path).toMatch(/^\/$|^\/assets\/[\w-]+-[\w-]{8}\.(js|css|svg)$/);
  });

  it('has nothing inline, and names no other server', () => {
    const html = text(files.get('/'));
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
    for (const file of files.values()) {
      expect(text(file)).not.toMatch(/(?:src|href|url|import|fetch)\s*[=(]\s*['"`]?(?:https?:)?\/\//i);
    }
  });

  it('lets assets be kept for good, as their names change with them, and asks anew for the page', () => {
    for (const [path, { cacheControl }] of files) {
      expect(cacheControl).toBe(path === '/' ? 'no-cache' : 'public, max-age=31536000, immutable');
    }
  });

  it('has each larger file compressed, to the same bytes', () => {
    for (const { body, encoded } of files.values()) {
      if (body.length < 256) continue;
      expect(Buffer.from(body).equals(brotliDecompressSync(encoded.br!))).toBe(true);
      expect(Buffer.from(body).equals(gunzipSync(encoded.gzip!))).toBe(true);
    }
  });

  it('builds the page of a checkout once', async () => {
    const again = await dashboardFiles();
    expect([...again.keys()]).toEqual([...files.keys()]);
  });

  it('keeps the script under 80 kB as it is sent', () => {
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    const bytes = scripts.reduce((sum, [, { encoded }]) => sum + encoded.gzip!.length, 0);
    expect(bytes).toBeLessThan(80_000);
  });
});
