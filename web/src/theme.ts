import { createTheme, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eaf2fc',
  '#d3e3f7',
  '#a6c7ef',
  '#76a9e6',
  '#4c8edb',
  '#3079cf',
  '#2469bd',
  '#1f5fae',
  '#194e90',
  '#143f74',
];

const dark: MantineColorsTuple = [
  '#e8ebf0',
  '#b6bfcb',
  '#96a1b0',
  '#67717f',
  '#3b4450',
  '#272e37',
  '#1c2128',
  '#161a20',
  '#0f1216',
  '#0b0d10',
];

/** Mantine's side of the look; colours by meaning stand in `styles/tokens.css`. */
export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: 7,
  colors: { ink, dark },
  defaultRadius: 6,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  cursorType: 'pointer',
});
