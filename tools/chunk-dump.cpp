// chunk-dump: shows the chunks in a byte stream.
#include "dump/run.hpp"

int main(int argc, char** argv) {
  return tools::dump::run(argc, argv);
}
