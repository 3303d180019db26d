import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { defineConfig } from '@playwright/test';

import type { Shared } from './support/test';

/** The engine alone, without windows: it asks less than half of the processor time that the whole browser does. */
const SHELL = '/usr/bin/chromium-headless-shell';
const BROWSER = existsSync(SHELL) ? SHELL : '/usr/bin/chromium';

/** What is about enrolment, sign-in and recovery. */
const ON_EVERY_DATABASE = /\/(database|enrolment|recovery|sign-in|sms)\.spec\.ts$/;

/**
 * Every flow runs twice: with JavaScript and without it; enrolment, sign-in and recovery once more on PostgreSQL. Each test
 * starts a demo of its own, so that tests can run in any order and beside each other.
 */
export default defineConfig<object, Pick<Shared, 'engine'>>({
  testDir: 'tests',
  outputDir: '../target/browser-results',
  fullyParallel: true,
  // A test waits more than half of its time: for a page, a mail, a process.
  workers: 2 * availableParallelism(),
  retries: 0,
  timeout: 45_000,
  expect: { timeout: 7_000 },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.CHROMIUM ?? BROWSER, args: ['--disable-gpu'] },
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    // Colours change at once: drawing how they fade would take a tenth of the processor time, and no test is about it.
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'js', use: { javaScriptEnabled: true } },
    { name: 'nojs', use: { javaScriptEnabled: false }, grepInvert: /@script/ },
    { name: 'postgres', use: { javaScriptEnabled: true, engine: 'postgres' }, testMatch: ON_EVERY_DATABASE },
  ],
});
