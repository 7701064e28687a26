// chunk-send: builds chunks and sends them, passes a stream of them on, or tests a peer by a
// script.
#include "send/run.hpp"

int main(int argc, char** argv) {
  return tools::send::run(argc, argv);
}
