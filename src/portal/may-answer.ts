import { tell } from "./notices.ts";
import { me } from "./store.ts";

/** Viewers look on; every other role answers. The server decides; here it is said before somebody tries. */
export const mayAnswer = (): boolean => me.value !== null && me.value.role !== "Viewer";

export const NO_ROLE_WORDS = "Answers need the role Responder. Ask an administrator of Watchbell.";
/** Id of the element that says so; switched-off answers are described by it. */
export const NO_ROLE_ID = "no-role";

/** Says why nothing happens, for a key or a tap on an answer that is switched off. */
export const tellNoRole = (): void => tell(NO_ROLE_WORDS);
