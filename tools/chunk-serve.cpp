// chunk-serve: answers requests on any number of addresses.
#include "serve/run.hpp"

int main(int argc, char** argv) {
  return tools::serve::run(argc, argv);
}
