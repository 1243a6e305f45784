export { temporalBinary } from './tools.ts';
