/*
 * librpc: the agent as a library. One call runs one command of `rpc` (docs/rpc.md) in the calling
 * process and hands back what the program would have printed. The functions are those of the
 * library that rpc-go builds, of either generation, which give one name two meanings:
 *
 *   librpc.so      rpc-go 3: rpcExec tells standard output from standard error (-lrpc)
 *   librpc-v2.so   rpc-go 2: rpcExec has one text for both; define RPC_ABI as 2 before this header,
 *                  and link with -lrpc-v2
 *
 * Any thread may call, several at once. Nothing here redirects the process's descriptors, changes
 * its signals or asks anybody: a password that is missing is an error (23). A command that runs
 * until a signal ends it ("lms") is refused (28), so that every call returns. Only where there is
 * no memory left does the process end.
 */
#ifndef RPC_LIBRARY_RPC_H
#define RPC_LIBRARY_RPC_H

#ifdef __cplusplus
extern "C" {
#endif

/* 0 if the management engine can be asked; else the code of "rpc amtinfo": 1 no rights, 2 no
 * driver, 3 no AMT, 4 no answer. */
int rpcCheckAccess(void);

#if defined RPC_ABI && RPC_ABI == 2

/* Runs the command line `input`, without the program's name, with v2's words and layouts, and
 * returns its exit code. *output gets results and log in the order in which they came. It is set
 * whatever happens, and for FreeString to free. */
int rpcExec(const char *input, char **output);

void FreeString(char *text);

#else

/* Runs the command line `input`, without the program's name, and returns its exit code. Blanks part
 * the arguments; one that begins with a double quote ends with the next one, and may have blanks
 * and, doubled, double quotes in it: amtinfo "--password=two ""words""". What isn't written like
 * that, and anything after the first line, is 33. Both texts are set whatever happens, and for
 * rpcFree to free; NULL instead of a pointer: it isn't wanted. */
int rpcExec(const char *input, char **standard_output, char **standard_error);

void rpcFree(char *text);

#endif

#ifdef __cplusplus
}
#endif

#endif
