echo "stop $component (instance $INSTANCE)"
