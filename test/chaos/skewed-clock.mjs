// Preloaded into a worker whose clock is wrong: `--import skewed-clock.mjs?ms=-86400000`. Its JavaScript sees that time.
const ms = Number(new URL(import.meta.url).searchParams.get('ms'));
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + ms);
    else super(...args);
  }
  static now() {
    return RealDate.now() + ms;
  }
};
