/** Address of the icon sprite, set by the build (build/icon-sprite.ts). */
declare const ICON_SPRITE_URL: string;
