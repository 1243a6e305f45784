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

/** Mantine's side of the look; colours by meaning stand in `styles/tokens.css`. */
export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: 7,
  colors: { ink },
  defaultRadius: 6,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  cursorType: 'pointer',
});
