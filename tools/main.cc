#include "tools/cli.h"

int main(int argc, char** argv) { return loam::tools::run_command(argc, argv); }
