import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ImageIcon = () => (
  <Icon>
    <rect x="2.500" y="3.500" width="15" height="13" rx="2" />
    <circle cx="7" cy="8" r="1.500" />
    <path d="M3 14.500l4-3.500 3 2.500 3.500-4 3.500 4" />
  </Icon>
);

export const CameraIcon = () => (
  <Icon>
    <path d="M2.500 6.500h3l1.500-2h6l1.500 2h3v9.500h-15z" />
    <circle cx="10" cy="10.800" r="3" />
  </Icon>
);

export const PictureIcon = () => (
  <Icon>
    <rect x="2.500" y="3.500" width="15" height="13" rx="2" />
    <path d="M10 3.500v13M7.500 8.500L6 10l1.500 1.500M12.500 8.500L14 10l-1.500 1.500" />
  </Icon>
);

export const SpaceIcon = () => (
  <Icon>
    <path d="M10 2.500l6.500 3.750v7.500L10 17.500l-6.500-3.750v-7.500zM3.500 6.250L10 10l6.500-3.750M10 10v7.500" />
  </Icon>
);

export const ReadIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="5.500" />
    <path d="M10 2v5M10 13v5M2 10h5M13 10h5" />
  </Icon>
);

export const MeasureIcon = () => (
  <Icon>
    <path d="M4.500 15.500l11-11" />
    <circle cx="4" cy="16" r="1.800" />
    <circle cx="16" cy="4" r="1.800" />
  </Icon>
);

export const WordsIcon = () => (
  <Icon>
    <path d="M3 4.500h14v9H9l-3.500 3v-3H3z" />
    <path d="M6.500 8h7M6.500 10.500h4" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3v9M6.500 9l3.500 3.500L13.500 9M3.500 16.500h13" />
  </Icon>
);
