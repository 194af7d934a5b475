/** What `ssh` ends with when it could not connect or lost the connection. */
export const sshFailure = 255;
