import tests from './playwright.config';

/** `make pictures`: no tests, only a look at every page. */
export default {
  ...tests,
  testDir: 'pictures',
  timeout: 300_000,
  projects: [{ name: 'pictures', use: { javaScriptEnabled: true } }],
};
