/* rpc: the agent that runs on a managed machine. */
#include "rpc/rpc.h"

int main(int argc, char **argv)
{
    return rpc_main(argc, argv);
}
