import { type Script, sh } from '../remote/quote.ts';

/**
 * For bash, contained: `git_folder DIRECTORY` sets `g` to the Git directory of a working tree; fails where there is none.
 * A file `.git` that names another folder is followed as far as the account may read.
 */
export const gitFolder: Script = sh`git_folder() {
  g=
  if [ -L "$1/.git" ]; then return 1
  elif [ -d "$1/.git" ]; then g=$1/.git
  elif [ -f "$1/.git" ]; then
    g=$(head -c 4096 "$1/.git" | sed -n '1s/^gitdir: //p')
    case $g in '') return 1 ;; /*) ;; *) g=$1/$g ;; esac
  fi
  [ -n "$g" ] && [ -d "$g" ]
}`;
